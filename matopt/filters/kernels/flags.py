"""How the kernels may be compiled."""

# What lets the compiler use vectors; NaN and infinity stay what they are.
FAST = {"reassoc", "contract", "arcp", "nsz"}

# Fused products and sums, in the order that is written.
CONTRACT = {"contract", "nsz"}
