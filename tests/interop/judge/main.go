// Judges a log in a folder as a client of any such log would: by the checksum database's own libraries.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func holds(ok bool, what string) {
	if !ok {
		check(fmt.Errorf("%s", what))
	}
}

// Tiles in a folder: paths without the height, which is always 8.
type folder struct{ root string }

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		octets, err := os.ReadFile(filepath.Join(f.root, "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		all = append(all, octets)
	}
	return all, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) read(name string) string {
	return string(must(os.ReadFile(filepath.Join(f.root, name))))
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		var hash tlog.Hash
		holds(copy(hash[:], must(base64.StdEncoding.DecodeString(line))) == 32, "a hash of another length")
		all = append(all, hash)
	}
	return all
}

func (f folder) checkpoint(text string) tlog.Tree {
	log := must(note.NewVerifier(f.read("log.vkey")))
	witness := must(fnote.NewVerifierForCosignatureV1(f.read("witness.vkey")))
	beside := must(fnote.NewVerifierForCosignatureV1(f.read("beside.vkey")))
	opened := must(note.Open([]byte(text), note.VerifierList(log, witness, beside)))
	holds(len(opened.Sigs) == 3 && len(opened.UnverifiedSigs) == 0, "not three good signatures")
	lines := strings.Split(opened.Text, "\n")
	holds(lines[0] == log.Name(), "another origin")
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: hashes(lines[2:3])[0]}
}

func main() {
	f := folder{os.Args[1]}
	judged := 0
	trees := map[string]tlog.Tree{}
	for _, path := range must(filepath.Glob(filepath.Join(f.root, "checkpoint.*"))) {
		tree := f.checkpoint(f.read(filepath.Base(path)))
		trees[strconv.FormatInt(tree.N, 10)] = tree
		reader := tlog.TileHashReader(tree, f)
		holds(must(tlog.TreeHash(tree.N, reader)) == tree.Hash, "tiles of another root")
		for n := int64(0); n < tree.N; n++ {
			leaf := must(reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)}))[0]
			holds(leaf == tlog.RecordHash([]byte(fmt.Sprintf("entry %d", n))), "another leaf")
		}
		judged++
	}
	for _, path := range must(filepath.Glob(filepath.Join(f.root, "consistency.*"))) {
		sizes := strings.Split(filepath.Base(path), ".")[1:]
		old, tree := trees[sizes[0]], trees[sizes[1]]
		proof := hashes(strings.Fields(f.read(filepath.Base(path))))
		if sizes[0] != "0" {
			check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
			own := must(tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, f)))
			holds(fmt.Sprint(own) == fmt.Sprint(tlog.TreeProof(proof)), "another proof")
		}
		judged++
	}
	for _, path := range must(filepath.Glob(filepath.Join(f.root, "proof.*"))) {
		head, checkpoint, _ := strings.Cut(f.read(filepath.Base(path)), "\n\n")
		lines := strings.Split(head, "\n")
		holds(lines[0] == "c2sp.org/tlog-proof@v1", "another format")
		index := must(strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64))
		tree := f.checkpoint(checkpoint)
		leaf := tlog.RecordHash([]byte(fmt.Sprintf("entry %d", index)))
		check(tlog.CheckRecord(hashes(lines[2:]), tree.N, tree.Hash, index, leaf))
		judged++
	}
	fmt.Println(judged)
}
