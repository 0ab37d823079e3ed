"""SMB as far as an anonymous client comes: negotiation, the null session, the list of shares, and opening one."""
