"""TLS: which versions and suites a server agrees to, and the certificate it shows."""
