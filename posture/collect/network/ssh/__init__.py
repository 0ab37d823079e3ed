"""SSH before any login: the algorithms a server offers and the host keys it shows."""
