"""Work that runs apart from requests: in processes that are ended when it takes too much time or memory."""
