"""What the DNS says of a domain's e-mail, a reader a fact; and the dialogue with its mail servers."""
