# Not read yet.
