"""What reads files of strangers with libraries for their kind. Each runs in a process of its own, see `limited`."""
