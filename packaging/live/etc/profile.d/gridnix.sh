# The local consoles show the greeting before the log-in; who comes by ssh sees it here.
case $- in
*i*)
	alias man=/usr/lib/gridnix/boot/man
	[ -z "$SSH_CONNECTION" ] || /usr/lib/gridnix/boot/greeting ;;
esac
