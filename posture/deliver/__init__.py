"""How results leave: mail, spool, object storage, hooks of the provider's systems. It contacts no customer's resource."""
