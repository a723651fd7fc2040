// A witness by the code of the public witnesses, which remembers in memory: ADDRESS and the log's key; prints its own.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func main() {
	address, log := os.Args[1], must(note.NewVerifier(os.Args[2]))
	private, public, err := note.GenerateKey(rand.Reader, "witness.example/go")
	must(private, err)
	known := func(_ context.Context, origin string) (note.Verifier, bool, error) {
		return log, origin == log.Name(), nil
	}
	own := must(witness.New(context.Background(), witness.Opts{
		Persistence:    inmemory.New(),
		Signers:        []note.Signer{must(fnote.NewSignerForCosignatureV1(private))},
		VerifierForLog: known,
	}))
	listener := must(net.Listen("tcp", address))
	http.HandleFunc("POST /add-checkpoint", witness.NewHTTPHandler(own).AddCheckpoint)
	fmt.Println(must(fnote.VKeyToCosignatureV1(public)))
	must(0, http.Serve(listener, nil))
}
