// An emulator for as long as a test needs it: go get github.com/testcontainers/testcontainers-go
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

func main() {
	ctx := context.Background()
	emulator, err := testcontainers.Run(ctx, "moderation-emulator",
		testcontainers.WithExposedPorts("8080/tcp"),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/_emulator/health").WithPort("8080/tcp")),
	)
	defer testcontainers.TerminateContainer(emulator)
	if err != nil {
		log.Fatal(err)
	}
	url, err := emulator.PortEndpoint(ctx, "8080/tcp", "http")
	if err != nil {
		log.Fatal(err)
	}
	answer, err := http.Get(url + "/_emulator/health")
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	fmt.Println(answer.StatusCode)
}
