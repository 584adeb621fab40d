// What the live node needs inside pods: the process that holds a pod's namespaces, and the two ends of a connection
// for tests of network policies.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const usage = `usage:
  pod-probe pause                          hold the namespaces of a pod until a signal
  pod-probe serve TCP_PORT... [udp:PORT]   answer every connection with the name of the host
  pod-probe connect tcp|udp HOST:PORT      print the answer; exit code 1: not reached in 2 seconds
  pod-probe allocate MIB                   use that much memory, then wait
`

func main() {
	args := os.Args[1:]
	if len(args) == 0 {
		fail(2, usage)
	}
	switch {
	case args[0] == "pause":
		pause()
	case args[0] == "serve" && len(args) > 1:
		for _, port := range args[1:] {
			serve(port)
		}
		pause()
	case args[0] == "connect" && len(args) == 3:
		connect(args[1], args[2])
	case args[0] == "allocate" && len(args) == 2:
		allocate(args[1])
	default:
		fail(2, usage)
	}
}

func fail(code int, text any) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(code)
}

// The first process of a pod inherits the orphans of all its containers where they share process ids.
func pause() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

func serve(port string) {
	name, err := os.Hostname()
	if err != nil {
		fail(1, err)
	}
	if len(port) > 4 && port[:4] == "udp:" {
		socket, err := net.ListenPacket("udp", ":"+port[4:])
		if err != nil {
			fail(1, err)
		}
		go func() {
			buffer := make([]byte, 64)
			for {
				if _, from, err := socket.ReadFrom(buffer); err == nil {
					socket.WriteTo([]byte(name), from)
				}
			}
		}()
		return
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		fail(1, err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				fail(1, err)
			}
			fmt.Printf("connection from %s\n", connection.RemoteAddr())
			// As HTTP/1.0, for probes of the kubelet and for browsers; a request that is never sent does not matter.
			fmt.Fprintf(connection, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%s\n", name)
			connection.(*net.TCPConn).CloseWrite()
			go func() {
				connection.SetDeadline(time.Now().Add(time.Second))
				connection.Read(make([]byte, 4096))
				connection.Close()
			}()
		}
	}()
}

func connect(protocol, address string) {
	const patience = 2 * time.Second
	connection, err := net.DialTimeout(protocol, address, patience)
	if err != nil {
		fail(1, err)
	}
	if protocol == "udp" {
		connection.SetDeadline(time.Now().Add(patience))
		connection.Write([]byte("?"))
	} else {
		// Who waits for a TLS greeting says nothing, and was reached all the same.
		connection.SetDeadline(time.Now().Add(patience / 4))
	}
	answer := make([]byte, 4096)
	n, err := connection.Read(answer)
	if err != nil && protocol == "udp" {
		fail(1, err)
	}
	fmt.Printf("%s\n", answer[:n])
}

func allocate(mebibytes string) {
	count, err := strconv.Atoi(mebibytes)
	if err != nil {
		fail(2, usage)
	}
	memory := make([]byte, count<<20)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	pause()
	fmt.Println(len(memory))
}
