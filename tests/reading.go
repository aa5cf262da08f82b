// What Go's crypto/x509 reads and trusts, as JSON, for corpora.py and trust.py.
//
// usage: reading read FOLDER      each file is a certificate in DER
//        reading verify FOLDER    each folder below is a case: leaf.pem, rest.pem, roots.pem, name, at (seconds)
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func check(err error) {
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

func text(path ...string) string {
	bytes, err := os.ReadFile(filepath.Join(path...))
	check(err)
	return string(bytes)
}

func read(path string) interface{} {
	found, err := x509.ParseCertificate([]byte(text(path)))
	if err != nil {
		return nil
	}
	addresses, names := []string{}, found.DNSNames
	for _, address := range found.IPAddresses {
		addresses = append(addresses, address.String())
	}
	if names == nil {
		names = []string{}
	}
	return map[string]interface{}{
		"not_before": found.NotBefore.Unix(), "not_after": found.NotAfter.Unix(), "serial": found.SerialNumber.Text(16),
		"dns_names": names, "ip_addresses": addresses,
	}
}

func certificates(path ...string) []*x509.Certificate {
	rest, found := []byte(text(path...)), []*x509.Certificate{}
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return found
		}
		// What it cannot read it has not got.
		if certificate, err := x509.ParseCertificate(block.Bytes); err == nil {
			found = append(found, certificate)
		}
	}
}

// Nothing where the chain is trusted, else why it is not.
func verify(folder string) interface{} {
	leaf := certificates(folder, "leaf.pem")
	if len(leaf) == 0 {
		return "the leaf is not read"
	}
	roots, rest := x509.NewCertPool(), x509.NewCertPool()
	for _, root := range certificates(folder, "roots.pem") {
		roots.AddCert(root)
	}
	for _, certificate := range certificates(folder, "rest.pem") {
		rest.AddCert(certificate)
	}
	at, err := strconv.ParseInt(strings.TrimSpace(text(folder, "at")), 10, 64)
	check(err)
	_, err = leaf[0].Verify(x509.VerifyOptions{
		DNSName: strings.TrimSpace(text(folder, "name")), Roots: roots, Intermediates: rest, CurrentTime: time.Unix(at, 0),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return err.Error()
	}
	return nil
}

func main() {
	each := map[string]func(string) interface{}{"read": read, "verify": verify}[os.Args[1]]
	entries, err := os.ReadDir(os.Args[2])
	check(err)
	found := map[string]interface{}{}
	for _, entry := range entries {
		found[entry.Name()] = each(filepath.Join(os.Args[2], entry.Name()))
	}
	check(json.NewEncoder(os.Stdout).Encode(found))
}
