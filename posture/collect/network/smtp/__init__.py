"""Mail servers spoken to as another mail server would, and never sent a message."""
