"""DMARC: the policy that applies to a domain, and where its reports go."""
