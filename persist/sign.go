package persist

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
)

// ErrSignature says that a file is not signed with any of the keys that it has to
// be signed with.
var ErrSignature = errors.New("the file has no signature of a key that is trusted")

// SignedBy demands that a file is signed with one of the keys. Otherwise the error
// is [ErrSignature], before anything is decoded.
func SignedBy(keys ...ed25519.PublicKey) Option {
	return func(o *options) { o.signed, o.signers = true, append(o.signers, keys...) }
}

// Sign puts a signature into a file that was saved, in the place of any other. The
// file is replaced as by [Save].
func Sign(path string, key ed25519.PrivateKey) error {
	if len(key) != ed25519.PrivateKeySize {
		return errors.New("have no Ed25519 private key")
	}
	b, err := readFile(path, options{})
	if err != nil {
		return err
	}
	if _, _, err := verify(b); err != nil {
		return inFile(path, err)
	}
	hex.Encode(b[signAt:signTo], ed25519.Sign(key, signedText(b)))
	seal(b)
	return replaceFile(path, b)
}

// Verify checks a file's structure, digest and signature, and decodes nothing.
func Verify(path string, keys ...ed25519.PublicKey) error {
	b, err := readFile(path, options{})
	if err != nil {
		return err
	}
	if _, _, err = verify(b); err == nil {
		err = verifySignature(b, keys)
	}
	return inFile(path, err)
}

// signedText is what a signature is made of: not of the digest in the file, which
// covers the signature.
func signedText(b []byte) []byte {
	return append([]byte("millrace model "+formatVersion+"\n"), digest(b, true)...)
}

func verifySignature(b []byte, keys []ed25519.PublicKey) error {
	signature := make([]byte, ed25519.SignatureSize)
	if _, err := hex.Decode(signature, b[signAt:signTo]); err != nil {
		return ErrSignature
	}
	text := signedText(b)
	for _, key := range keys {
		if len(key) == ed25519.PublicKeySize && !bytes.Equal(signature, make([]byte, len(signature))) &&
			ed25519.Verify(key, text, signature) {
			return nil
		}
	}
	return ErrSignature
}
