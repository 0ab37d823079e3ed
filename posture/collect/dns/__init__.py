"""The DNS, through resolvers of the auditor's: no server of a customer is asked itself."""
