"""What can be known of a resource: frozen, serialisable values, a module a channel."""
