"""What is asked of each simulated service, one module a service."""
