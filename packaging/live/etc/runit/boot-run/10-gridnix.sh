# Sourced by /etc/runit/1. What fails is named on the consoles by setup itself.
/usr/lib/gridnix/boot/setup || true
