"""Alibaba Cloud: the services of one vendor, and what they share."""
