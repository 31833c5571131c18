// Checks a log of ours with the packages that check Go's own module database. One line for each thing that was judged:
// what, a tab, "ok" or what is wrong.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type checkpoint struct {
	size int64
	root tlog.Hash
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func say(what string, err error) {
	said := "ok"
	if err != nil {
		said = strings.ReplaceAll(err.Error(), "\n", " ")
	}
	fmt.Printf("%s\t%s\n", what, said)
}

func read(path ...string) []byte {
	data, err := os.ReadFile(filepath.Join(path...))
	must(err)
	return data
}

// open checks the signature and reads origin, size and root.
func open(signed []byte, key string) (checkpoint, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return checkpoint{}, fmt.Errorf("no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return checkpoint{size, root}, err
}

// rootOf builds the tree anew, by Go's own code.
func rootOf(entries [][]byte) (tlog.Hash, []tlog.Hash, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for at, index := range indexes {
			found[at] = stored[index]
		}
		return found, nil
	})
	for number, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(number), entry, reader)
		if err != nil {
			return tlog.Hash{}, nil, err
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), reader)
	return root, stored, err
}

func entriesOf(data []byte) [][]byte {
	var found [][]byte
	scanner := bufio.NewScanner(bytes.NewReader(data))
	for scanner.Scan() {
		found = append(found, append([]byte(nil), scanner.Bytes()...))
	}
	return found
}

// tiles serves tiles from a folder by the paths of C2SP tlog-tiles, which leave the height out.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func decode(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}

// proofs checks files of "index, hashes" against the root; altered entries must be refused.
func proofs(folder string, head checkpoint, entries [][]byte) (int, error, error) {
	files, err := filepath.Glob(filepath.Join(folder, "inclusion", "*"))
	must(err)
	var refused error
	for _, file := range files {
		index, err := strconv.ParseInt(filepath.Base(file), 10, 64)
		must(err)
		path, err := decode(strings.Fields(string(read(file))))
		if err != nil {
			return 0, err, nil
		}
		if err := tlog.CheckRecord(path, head.size, head.root, index, tlog.RecordHash(entries[index])); err != nil {
			return 0, fmt.Errorf("entry %d: %w", index, err), nil
		}
		changed := append([]byte("x"), entries[index]...)
		if tlog.CheckRecord(path, head.size, head.root, index, tlog.RecordHash(changed)) == nil {
			refused = fmt.Errorf("entry %d was changed and passed", index)
		}
	}
	if len(files) == 0 {
		err = fmt.Errorf("there are none")
	}
	return len(files), err, refused
}

// inSite checks a C2SP tlog-proof: that the site's log holds the checkpoint of a letter's log.
func inSite(proof []byte, key string, origin string, letter checkpoint) (string, error) {
	head, signed, _ := strings.Cut(string(proof), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", fmt.Errorf("this is no proof: %.80s", head)
	}
	site, err := open([]byte(signed), key)
	if err != nil {
		return "", err
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return "", err
	}
	expected := fmt.Sprintf(`{"k":"checkpoint","o":"%s","root":"%x","size":%d,"v":1}`, origin, letter.root[:], letter.size)
	if string(entry) != expected {
		return "", fmt.Errorf("it is of the entry %s", entry)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return "", err
	}
	path, err := decode(lines[3:])
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("no. %d of %d", index+1, site.size),
		tlog.CheckRecord(path, site.size, site.root, index, tlog.RecordHash(entry))
}

func main() {
	folder := os.Args[1]
	key := strings.TrimSpace(string(read(folder, "key")))
	signed := read(folder, "checkpoint")
	head, err := open(signed, key)
	say(fmt.Sprintf("signed checkpoint of %d entries", head.size), err)

	entries := entriesOf(read(folder, "entries"))
	root, stored, err := rootOf(entries)
	if err == nil && (root != head.root || int64(len(entries)) != head.size) {
		err = fmt.Errorf("the entries have another root")
	}
	say("root of all entries", err)

	amount, err, refused := proofs(folder, head, entries)
	say(fmt.Sprintf("%d proofs that an entry is in the log", amount), err)
	say("the same proofs for altered entries, which it must refuse", refused)

	old, err := open(read(folder, "older"), key)
	must(err)
	path, err := decode(strings.Fields(string(read(folder, "consistency"))))
	must(err)
	say(fmt.Sprintf("proof that %d entries are the beginning", old.size),
		tlog.CheckTree(path, head.size, head.root, old.size, old.root))
	other := old.root
	other[0] ^= 1
	if tlog.CheckTree(path, head.size, head.root, old.size, other) == nil {
		err = fmt.Errorf("it passed")
	}
	say("the same proof for another beginning, which it must refuse", err)

	reader := tlog.TileHashReader(tlog.Tree{N: head.size, Hash: head.root}, tiles{folder})
	indexes := make([]int64, 0, len(entries))
	for number := range entries {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(number)))
	}
	hashes, err := reader.ReadHashes(indexes)
	for at := range hashes {
		if err == nil && hashes[at] != stored[indexes[at]] {
			err = fmt.Errorf("tile of entry %d", at)
		}
	}
	say("all tiles, each checked against the root", err)

	tampered := bytes.Replace(signed, []byte(fmt.Sprintf("\n%d\n", head.size)), []byte(fmt.Sprintf("\n%d\n", head.size+1)), 1)
	err = nil
	if _, refusal := open(tampered, key); refusal == nil {
		err = fmt.Errorf("it passed")
	}
	say("a checkpoint with another size, which it must refuse", err)

	site := filepath.Join(folder, "letter")
	shown, err := open(read(site, "checkpoint"), strings.TrimSpace(strings.SplitN(string(read(site, "key")), "\n", 2)[0]))
	if err == nil {
		root, _, err = rootOf(entriesOf(read(site, "entries")))
		if err == nil && root != shown.root {
			err = fmt.Errorf("the entries have another root")
		}
	}
	say(fmt.Sprintf("the sample letter's log over HTTP, %d entries", shown.size), err)

	origin := strings.SplitN(string(read(site, "checkpoint")), "\n", 2)[0]
	siteKey := strings.SplitN(string(read(site, "site-key")), "\n", 2)[0]
	place, err := inSite(read(site, "proof"), siteKey, origin, shown)
	say("that the site's log holds its checkpoint, "+place, err)
	changed := shown
	changed.root[0] ^= 1
	err = nil
	if _, refusal := inSite(read(site, "proof"), siteKey, origin, changed); refusal == nil {
		err = fmt.Errorf("it passed")
	}
	say("the same proof for another checkpoint, which it must refuse", err)
}
