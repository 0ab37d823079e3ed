"""All customers on one page, for the provider's own team: it names customers beside each other."""
