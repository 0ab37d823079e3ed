"""The provider's list of customers, from ``customers.yaml`` to :class:`posture.model.customer.Customer`."""
