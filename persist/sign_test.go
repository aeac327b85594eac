package persist_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/internal/attack"
	"github.com/millrace-ml/millrace/persist"
)

func key(seed byte) (ed25519.PrivateKey, ed25519.PublicKey) {
	k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	return k, k.Public().(ed25519.PublicKey)
}

func TestSign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.millrace")
	if err := persist.Save(path, centreModel(), persist.Card{}); err != nil {
		t.Fatal(err)
	}
	private, public := key(1)
	_, other := key(2)
	if _, err := persist.Load(path, persist.SignedBy(public)); !errors.Is(err, persist.ErrSignature) {
		t.Errorf("no signature: got %v, want ErrSignature", err)
	}
	for range 2 { // signing again replaces the signature
		if err := persist.Sign(path, private); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := persist.Load(path, persist.SignedBy(other, public)); err != nil {
		t.Error(err)
	}
	if _, err := persist.Load(path); err != nil {
		t.Error(err)
	}
	if err := persist.Verify(path, public); err != nil {
		t.Error(err)
	}
	for name, keys := range map[string][]ed25519.PublicKey{"no key": nil, "another": {other}, "a short one": {public[:5]}} {
		if _, err := persist.Load(path, persist.SignedBy(keys...)); !errors.Is(err, persist.ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
		if err := persist.Verify(path, keys...); !errors.Is(err, persist.ErrSignature) {
			t.Errorf("%s: Verify gives %v, want ErrSignature", name, err)
		}
	}
	if err := persist.Sign(path, nil); err == nil {
		t.Error("signing without a key succeeds, want an error")
	}
}

// The places and the digests are those that the package documentation gives.
func TestSignatureAsDocumented(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.millrace")
	private, public := key(3)
	if err := errors.Join(persist.Save(path, centreModel(), persist.Card{}), persist.Sign(path, private)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest, signature := string(b[50:50+64]), string(b[127:127+128])
	copy(b[50:], strings.Repeat("0", 64))
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != digest {
		t.Errorf("have the digest %s, want %x", digest, sum)
	}
	copy(b[127:], strings.Repeat("0", 128))
	sum := sha256.Sum256(b)
	raw, err := hex.DecodeString(signature)
	if err != nil || !ed25519.Verify(public, append([]byte("millrace model 1\n"), sum[:]...), raw) {
		t.Errorf("%v: the signature %s does not fit", err, signature)
	}
}

// Whoever changes a signed file can compute its digest anew, but not its signature.
func TestSignedBytesChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.millrace")
	private, public := key(1)
	if err := errors.Join(persist.Save(path, centreModel(), persist.Card{}), persist.Sign(path, private)); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1
		if _, err := persist.Decode(b); err == nil {
			t.Fatalf("byte %d changed: loads, want an error", i)
		}
		attack.Reseal(b)
		if bytes.Equal(b, good) { // the change was in the digest
			continue
		}
		if _, err := persist.Decode(b, persist.SignedBy(public)); err == nil {
			t.Fatalf("byte %d changed and sealed: loads as signed, want an error", i)
		}
	}
}
