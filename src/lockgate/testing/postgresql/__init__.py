"""PostgreSQL: databases made with TEMPLATE ahead of the tests, and used again where every trace of a test can be taken back."""
