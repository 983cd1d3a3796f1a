// Reads what Liuhen writes with the verifiers of Go's checksum database (golang.org/x/mod/sumdb), which share nothing with it.
//
//	log note VKEY NOTE...          each is a checkpoint that the key signed, and no changed bit of it is
//	log vectors FILE               proofs of many trees hold, and altered ones do not
//	log tiles VKEY DIRECTORY       a published log: every entry, every tree that it has been, by its tiles alone
//	log proof VKEY PROOF ENTRY     a tlog-proof of the entry in a file
//	log grown VKEY OLD REQUEST     an add-checkpoint request that continues the old checkpoint
package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	commands := map[string]func([]string) error{
		"note": notes, "vectors": vectors, "tiles": tiles, "proof": proof, "grown": grown,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "log note|vectors|tiles|proof|grown")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

// Opens a checkpoint. Go's own format has another first line, so what stands below it is read here.
func open(vkey string, text []byte) (tree tlog.Tree, err error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not the text of a checkpoint")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func notes(args []string) error {
	for _, path := range args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, err := open(args[0], text); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for bit := 0; bit < 8*len(text); bit++ {
			altered := append([]byte(nil), text...)
			altered[bit/8] ^= 1 << (bit % 8)
			if _, err := open(args[0], altered); err == nil && !sameSpelledOtherwise(text, altered) {
				return fmt.Errorf("%s: bit %d altered, and it opens", path, bit)
			}
		}
	}
	return nil
}

// Whether two notes have the same text and the same bytes as signature. Go's base64 passes over the last bits of the last
// letter where they are not used, so it reads the same signature in several spellings.
func sameSpelledOtherwise(one, other []byte) bool {
	signature := func(note []byte) (before, decoded string) {
		text := strings.TrimSuffix(string(note), "\n")
		place := strings.LastIndex(text, " ")
		raw, err := base64.StdEncoding.DecodeString(text[place+1:])
		if err != nil {
			return "", err.Error()
		}
		return text[:place], string(raw)
	}
	before, decoded := signature(one)
	otherBefore, otherDecoded := signature(other)
	return before == otherBefore && decoded == otherDecoded
}

type vector struct {
	Old, Size int64
	Proof     []string
}

func hashes(texts []string) (hashes []tlog.Hash) {
	for _, text := range texts {
		var hash tlog.Hash
		raw, err := hex.DecodeString(text)
		if err != nil || copy(hash[:], raw) != tlog.HashSize {
			panic("not a hash: " + text)
		}
		hashes = append(hashes, hash)
	}
	return hashes
}

func flip(hash *tlog.Hash, turn int) { hash[turn/8%tlog.HashSize] ^= 1 << (turn % 8) }

func vectors(args []string) error {
	var read struct {
		Entries, Roots         []string
		Inclusion, Consistency []vector
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	roots := hashes(read.Roots)
	for turn, it := range read.Inclusion {
		entry := read.Entries[it.Old]
		leaf, root, list := tlog.RecordHash([]byte(entry)), roots[it.Size], hashes(it.Proof)
		if err := tlog.CheckRecord(list, it.Size, root, it.Old, leaf); err != nil {
			return fmt.Errorf("entry %d of %d: %w", it.Old, it.Size, err)
		}
		for place := range list {
			flip(&list[place], turn)
			if tlog.CheckRecord(list, it.Size, root, it.Old, leaf) == nil {
				return fmt.Errorf("entry %d of %d: altered, and it holds", it.Old, it.Size)
			}
			flip(&list[place], turn)
		}
		flip(&leaf, turn)
		if tlog.CheckRecord(list, it.Size, root, it.Old, leaf) == nil {
			return fmt.Errorf("another entry than %d of %d holds", it.Old, it.Size)
		}
	}
	for turn, it := range read.Consistency {
		old, root, list := roots[it.Old], roots[it.Size], hashes(it.Proof)
		if err := tlog.CheckTree(list, it.Size, root, it.Old, old); err != nil {
			return fmt.Errorf("%d to %d: %w", it.Old, it.Size, err)
		}
		for place := range list {
			flip(&list[place], turn)
			if tlog.CheckTree(list, it.Size, root, it.Old, old) == nil {
				return fmt.Errorf("%d to %d: altered, and it holds", it.Old, it.Size)
			}
			flip(&list[place], turn)
		}
		flip(&old, turn)
		if tlog.CheckTree(list, it.Size, root, it.Old, old) == nil {
			return fmt.Errorf("another tree of %d continues to %d", it.Old, it.Size)
		}
	}
	if len(read.Inclusion) == 0 || len(read.Consistency) == 0 {
		return errors.New("no vectors")
	}
	return nil
}

// The directory of a log. Go names a tile's height in its path, C2SP has one height.
type directory string

func (d directory) Height() int                     { return 8 }
func (d directory) SaveTiles([]tlog.Tile, [][]byte) {}
func (d directory) read(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(d), path))
}
func (d directory) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		bytes, err := d.read("tile/" + strings.TrimPrefix(tile.Path(), "tile/8/"))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func tiles(args []string) error {
	log := directory(args[1])
	text, err := log.read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(args[0], text)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, log)
	for first := int64(0); first < tree.N; first += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: 256}
		if tree.N-first < 256 {
			tile.W = int(tree.N - first)
		}
		bundle, err := log.read("tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/"))
		if err != nil {
			return err
		}
		for index := first; index < first+int64(tile.W); index++ {
			size := int(bundle[0])<<8 | int(bundle[1])
			leaf := tlog.RecordHash(bundle[2 : 2+size])
			bundle = bundle[2+size:]
			proof, err := tlog.ProveRecord(tree.N, index, reader)
			if err != nil {
				return fmt.Errorf("entry %d: %w", index, err)
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
				return fmt.Errorf("entry %d: %w", index, err)
			}
		}
		if len(bundle) > 0 {
			return errors.New("more in a bundle than it should hold")
		}
	}
	for old := int64(1); old <= tree.N; old++ {
		before, err := tlog.TreeHash(old, reader)
		if err != nil {
			return fmt.Errorf("tree of %d: %w", old, err)
		}
		proof, err := tlog.ProveTree(tree.N, old, reader)
		if err != nil {
			return fmt.Errorf("tree of %d: %w", old, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, before); err != nil {
			return fmt.Errorf("tree of %d: %w", old, err)
		}
	}
	return nil
}

// Takes a text apart: its lines up to an empty one, and the checkpoint below.
func parts(path string) (head []string, checkpoint []byte, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	above, below, found := strings.Cut(string(text), "\n\n")
	if !found {
		return nil, nil, errors.New("no empty line")
	}
	return strings.Split(above, "\n"), []byte(below), nil
}

func parse(lines []string) (list []tlog.Hash, err error) {
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		list = append(list, hash)
	}
	return list, nil
}

func proof(args []string) error {
	head, checkpoint, err := parts(args[1])
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(args[2])
	if err != nil {
		return err
	}
	tree, err := open(args[0], checkpoint)
	if err != nil {
		return err
	}
	if len(head) < 2 || head[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	list, err := parse(head[2:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(list, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func grown(args []string) error {
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	old, err := open(args[0], text)
	if err != nil {
		return err
	}
	head, checkpoint, err := parts(args[2])
	if err != nil {
		return err
	}
	tree, err := open(args[0], checkpoint)
	if err != nil {
		return err
	}
	if head[0] != fmt.Sprintf("old %d", old.N) {
		return errors.New("about another old checkpoint")
	}
	list, err := parse(head[1:])
	if err != nil {
		return err
	}
	return tlog.CheckTree(list, tree.N, tree.Hash, old.N, old.Hash)
}
