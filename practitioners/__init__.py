"""Who the network serves: practitioners, their practices, communes and software."""
