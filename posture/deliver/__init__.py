"""How results leave: mail, spool, object storage, the provider's hooks. It contacts no customer's resource."""
