"""`kordkit listen`: a receiver of webhooks for trying things out."""
