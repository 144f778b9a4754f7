"""What the committee and the agencies decide: meetings, many cases at once, the request that goes out."""
