"""Django's two databases, with waits that end: each is charged to the request that waits."""
