# Starts the Autobahn test suite's wstest (Python 2.7) with every listener bound to the loopback; left alone it listens on
# all addresses.
import sys

from twisted.internet import reactor

listen = reactor.listenTCP


def listen_on_loopback(port, factory, backlog=50, interface=''):
    return listen(port, factory, backlog, '127.0.0.1')


reactor.listenTCP = listen_on_loopback
sys.argv[0] = 'wstest'

from autobahntestsuite import wstest

wstest.run()
