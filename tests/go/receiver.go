package main

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// pushes is where results are pushed to, on loopback.
type pushes struct {
	once sync.Once
	url  string
	came chan *http.Request
}

var receiver = pushes{came: make(chan *http.Request, 16)}

// listen starts the receiver, unless it runs already, and returns its address.
func (p *pushes) listen() string {
	p.once.Do(func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		p.url = "http://" + listener.Addr().String() + "/"
		go func() { log.Fatal(http.Serve(listener, http.HandlerFunc(p.take))) }()
	})
	return p.url
}

func (p *pushes) take(writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
		return
	}
	kept := request.Clone(request.Context())
	kept.Body = io.NopCloser(bytes.NewReader(body))
	p.came <- kept
	_, _ = io.WriteString(writer, "success")
}

// next returns the push that comes next.
func (p *pushes) next() (*http.Request, error) {
	select {
	case request := <-p.came:
		return request, nil
	case <-time.After(20 * time.Second):
		return nil, errors.New("nothing was pushed")
	}
}
