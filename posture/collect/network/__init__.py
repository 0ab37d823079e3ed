"""What the network says of a host: every TCP port with nmap, then one harmless question to each service it found."""
