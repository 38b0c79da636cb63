"""What Alibaba's gateways have in common, whether they speak RPC or ROA."""
