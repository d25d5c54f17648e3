"""What Vigil is measured against, and how the machine itself is measured."""
