"""DKIM: the key records of a domain."""
