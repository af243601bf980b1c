"""Tells: what a channel is, what a feed is, and the list of both."""
