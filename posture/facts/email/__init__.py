"""What the DNS and the mail servers of a domain say of its e-mail, a module a question."""
