# The local consoles show the greeting before the log-in; who comes by ssh sees it here.
case $- in
*i*) [ -z "$SSH_CONNECTION" ] || /usr/lib/gridnix/boot/greeting ;;
esac
