"""Signatures as OpenSSH makes them: of bundles that hosts send in, of reports and evidence that leave."""
