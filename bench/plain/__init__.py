"""What the public register is compared with: plain REST framework over the same tables, frozen as it is here."""
