# Sourced by /etc/runit/3 when the services have stopped: end what is left, then let go of
# every disk. dom0's own root is in RAM and needs no care.
killall5 -15
sleep 1
killall5 -9
sync
umount -a -r -t notmpfs,nodevtmpfs,noproc,nosysfs,nooverlay,nosquashfs,nocgroup2,noxenfs
