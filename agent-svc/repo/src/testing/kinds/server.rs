//! A server: a Go service that keeps webhooks until their receiver is back.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "holdmail",
    material: Material::Server,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["webhook relay", "webhooks until", "webhook deliver"]),
    (
        "for whom",
        &[
            "small teams",
            "internal network",
            "behind firewall",
            "maintenance window",
        ],
    ),
    ("instead", &["Hookdeck", "SQS", "message queue", "RabbitMQ"]),
    (
        "call: stored before the answer",
        &[
            "written before answer",
            "disk before",
            "stored before",
            "store before 202",
            "append before",
        ],
    ),
    (
        "call: delivered with retries",
        &["worker deliver", "backoff", "retry wait doubles", "try again"],
    ),
    (
        "structure",
        &["delivery attempts", "delivery target", "delivery body"],
    ),
    (
        "SQLite, not a broker",
        &["SQLite because", "SQLite instead", "one file", "SQLite broker"],
    ),
    (
        "order is not kept across targets",
        &["order target", "ordered per target", "in order"],
    ),
    (
        "tests",
        &["restart", "survives crash", "dead receiver", "dead letter"],
    ),
    ("history", &["Noor Haddad Piet de Vries"]),
    ("start", &["docker run", "go run", "go install", "make run"]),
    (
        "caveat or licence",
        &[
            "single machine",
            "one machine",
            "no cluster",
            "GPL",
            "high availability",
        ],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2018-04-03", "Noor Haddad", "server: accept hooks and print them"),
    ("2018-04-17", "Noor Haddad", "store: keep deliveries in sqlite"),
    ("2018-05-30", "Noor Haddad", "deliver: retry with backoff"),
    ("2019-01-22", "Noor Haddad", "deliver: one worker for each target"),
    (
        "2019-08-09",
        "Noor Haddad",
        "server: refuse bodies over one megabyte",
    ),
    ("2020-02-14", "S. Okafor", "deploy: systemd unit"),
    ("2021-06-11", "Piet de Vries", "store: write-ahead log"),
    ("2021-09-02", "Piet de Vries", "server: list dead letters"),
    ("2022-11-18", "Piet de Vries", "deliver: sign requests"),
    ("2023-03-27", "Piet de Vries", "server: metrics"),
    ("2024-08-05", "Piet de Vries", "release v2.2.0"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"# holdmail

holdmail is a webhook relay. It accepts webhooks from the outside, keeps them on disk and delivers them to services on your internal network, however long those services are down.

We built it for small teams whose services sit behind a firewall and have maintenance windows, but whose payment provider retries for ten minutes and then gives up.

## Quick start

```sh
docker run -p 8080:8080 -v $PWD/data:/data holdmail/holdmail
curl -X POST localhost:8080/in/billing -d '{"paid": true}'
```

Targets are listed in `targets.yml`:

```yaml
billing:
  url: http://billing.internal/hooks
  secret: ${BILLING_SECRET}
```

## How it works

A request to `/in/{target}` is written to disk before the sender gets its answer, a plain `202 Accepted`. One worker per target takes the oldest delivery and posts it. When the receiver does not answer with a 2xx, the worker waits, twice as long each time, up to an hour. After three days the delivery becomes a dead letter, which you can look at and send again.

Deliveries to one target arrive in order. Between targets there is no order.

## Design notes

- **SQLite instead of a broker.** We did not want to operate RabbitMQ for forty hooks a minute. A single file can be copied, inspected and restored by anyone.
- **One worker per target**, so that a target which is down never blocks the others.
- **No transformation of bodies.** What comes in goes out, byte for byte, because signatures break otherwise.

## API

| method | path | what it does |
|---|---|---|
| POST | `/in/{target}` | accept a hook |
| GET | `/dead` | list dead letters |
| POST | `/dead/{id}/retry` | send one again |
| GET | `/metrics` | counters for Prometheus |

## Limitations

holdmail runs on a single machine; there is no cluster mode. If the disk is gone, so are the hooks on it.

## Alternatives

Hookdeck and Svix are hosted and do far more. If you are on AWS anyway, API Gateway in front of SQS gives you about the same.

## License

AGPL-3.0
"#,
    ),
    (
        "LICENSE",
        "                    GNU AFFERO GENERAL PUBLIC LICENSE\n                       Version 3, 19 November 2007\n\n Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>\n Everyone is permitted to copy and distribute verbatim copies\n of this license document, but changing it is not allowed.\n",
    ),
    (
        "go.mod",
        "module example.org/holdmail\n\ngo 1.21\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.0.10\n\tgithub.com/mattn/go-sqlite3 v1.14.17\n\tgithub.com/prometheus/client_golang v1.17.0\n\tgopkg.in/yaml.v3 v3.0.1\n)\n",
    ),
    (
        "main.go",
        r#"// Command holdmail accepts webhooks and delivers them when their receiver is there.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"

	"example.org/holdmail/config"
	"example.org/holdmail/deliver"
	"example.org/holdmail/server"
	"example.org/holdmail/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	targets, err := config.Load("targets.yml")
	if err != nil {
		log.Fatal(err)
	}
	db, err := store.Open(os.Getenv("HOLDMAIL_DB"))
	if err != nil {
		log.Fatal(err)
	}
	// workers first: deliveries of the last run go out before new ones come in
	deliver.Start(ctx, db, targets)
	log.Fatal(http.ListenAndServe(":8080", server.New(db, targets)))
}
"#,
    ),
    (
        "server/server.go",
        r#"// Package server is the HTTP side: it accepts hooks and shows dead letters.
package server

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.org/holdmail/config"
	"example.org/holdmail/store"
)

// maxBody is generous; the largest hook we have seen had 300 kB.
const maxBody = 1 << 20

type Server struct {
	db      *store.DB
	targets config.Targets
}

// New returns the routes.
func New(db *store.DB, targets config.Targets) http.Handler {
	s := &Server{db, targets}
	r := chi.NewRouter()
	r.Post("/in/{target}", s.accept)
	r.Get("/dead", s.dead)
	r.Post("/dead/{id}/retry", s.retry)
	return r
}

// accept stores a hook and answers 202. It never talks to the receiver, so that
// a slow receiver cannot slow down the sender.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) {
	// unknown targets are refused at once; a typo should be seen by the sender
	target, ok := s.targets[chi.URLParam(r, "target")]
	if !ok {
		http.Error(w, "unknown target", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	// the row is synced to disk before the sender hears anything
	if _, err := s.db.Append(target.Name, r.Header, body); err != nil {
		http.Error(w, "disk trouble", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// dead lists deliveries that were given up.
func (s *Server) dead(w http.ResponseWriter, r *http.Request) {
	letters, err := s.db.Dead()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	json.NewEncoder(w).Encode(letters)
}

// retry puts a dead letter back at the end of its queue.
func (s *Server) retry(w http.ResponseWriter, r *http.Request) {
	if err := s.db.Revive(chi.URLParam(r, "id")); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
	}
}
"#,
    ),
    (
        "store/store.go",
        r#"// Package store keeps deliveries in one SQLite file.
package store

import (
	"database/sql"
	"net/http"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// Delivery is one hook on its way to one target.
type Delivery struct {
	ID       int64       // in the order of arrival
	Target   string      // name from targets.yml
	Header   http.Header // as the sender sent it
	Body     []byte      // never changed
	Attempts int         // how often it was tried
	NotBefore time.Time  // when the next attempt may be made
}

// DB is safe for concurrent use.
type DB struct {
	sql *sql.DB
}

// Open creates the file when it is not there.
func Open(path string) (*DB, error) {
	// synchronous=FULL costs 4 ms per hook and is the reason to use holdmail at all
	db, err := sql.Open("sqlite3", path+"?_journal=WAL&_sync=FULL")
	return &DB{db}, err
}

// Append writes a new delivery behind all others of its target.
func (d *DB) Append(target string, header http.Header, body []byte) (int64, error) {
	result, err := d.sql.Exec(`INSERT INTO deliveries(target, header, body) VALUES (?, ?, ?)`, target, header, body)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Next returns the oldest delivery of a target whose time has come.
func (d *DB) Next(target string, now time.Time) (*Delivery, error) {
	row := d.sql.QueryRow(`SELECT id, body, attempts FROM deliveries WHERE target = ? AND not_before <= ? ORDER BY id LIMIT 1`, target, now)
	delivery := &Delivery{Target: target}
	err := row.Scan(&delivery.ID, &delivery.Body, &delivery.Attempts)
	return delivery, err
}

// Done forgets a delivery that has arrived.
func (d *DB) Done(id int64) error {
	_, err := d.sql.Exec(`DELETE FROM deliveries WHERE id = ?`, id)
	return err
}

// Dead returns what was given up, newest first.
func (d *DB) Dead() ([]Delivery, error) { return nil, nil }

// Revive makes a dead letter a delivery again.
func (d *DB) Revive(id string) error { return nil }
"#,
    ),
    (
        "deliver/deliver.go",
        r#"// Package deliver posts hooks to their targets and tries again when that fails.
package deliver

import (
	"context"
	"time"

	"example.org/holdmail/config"
	"example.org/holdmail/store"
)

const (
	firstWait = 5 * time.Second
	longest   = time.Hour
	giveUp    = 72 * time.Hour
)

// Start runs one worker for each target until the context ends.
func Start(ctx context.Context, db *store.DB, targets config.Targets) {
	for _, target := range targets {
		go work(ctx, db, target)
	}
}

// work delivers the hooks of one target, oldest first. It does not skip ahead:
// a later hook about an invoice must not overtake an earlier one.
func work(ctx context.Context, db *store.DB, target config.Target) {
	for ctx.Err() == nil {
		delivery, err := db.Next(target.Name, time.Now())
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		// anything but a 2xx counts as a failure, redirects too
		if post(ctx, target, delivery) == nil {
			db.Done(delivery.ID)
			continue
		}
		time.Sleep(backoff(delivery.Attempts))
	}
}

// backoff doubles the wait with each attempt, up to an hour.
func backoff(attempts int) time.Duration {
	wait := firstWait << attempts
	if wait > longest || wait <= 0 {
		return longest
	}
	return wait
}

// post sends the body with a signature of ours beside the one of the sender.
func post(ctx context.Context, target config.Target, delivery *store.Delivery) error {
	return nil
}
"#,
    ),
    (
        "config/config.go",
        r#"// Package config reads targets.yml.
package config

import (
	"os"

	"gopkg.in/yaml.v3"
)

// Target is a receiver of hooks.
type Target struct {
	Name   string
	URL    string `yaml:"url"`
	Secret string `yaml:"secret"`
}

// Targets by name.
type Targets map[string]Target

// Load reads the file and puts environment variables in.
func Load(path string) (Targets, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	targets := Targets{}
	err = yaml.Unmarshal([]byte(os.ExpandEnv(string(text))), &targets)
	return targets, err
}
"#,
    ),
    (
        "store/store_test.go",
        r#"package store

import "testing"

func TestDeliveriesSurviveARestart(t *testing.T) {
	path := t.TempDir() + "/db"
	first, _ := Open(path)
	first.Append("billing", nil, []byte("x"))
	second, _ := Open(path)
	if _, err := second.Next("billing", now); err != nil {
		t.Fatal(err)
	}
}

func TestOldestDeliveryComesFirst(t *testing.T) {
}
"#,
    ),
    (
        "deliver/deliver_test.go",
        r#"package deliver

import (
	"testing"
	"time"
)

func TestBackoffNeverExceedsAnHour(t *testing.T) {
	if backoff(40) != time.Hour {
		t.Fatal("too long")
	}
}

func TestDeadReceiverDoesNotBlockOthers(t *testing.T) {
}

func TestRedirectCountsAsFailure(t *testing.T) {
}
"#,
    ),
    (
        "Dockerfile",
        "FROM golang:1.21 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /holdmail .\n\nFROM debian:12-slim\nCOPY --from=build /holdmail /usr/bin/holdmail\nENV HOLDMAIL_DB=/data/holdmail.db\nEXPOSE 8080\nENTRYPOINT [\"holdmail\"]\n",
    ),
    (
        "CHANGELOG.md",
        r#"# Changelog

## v2.2.0 (2024-08-05)
* metrics for Prometheus at `/metrics`

## v2.0.0 (2021-09-02)
* **breaking:** the database uses a write-ahead log; back up two files instead of one
* dead letters can be listed and sent again

## v1.0.0 (2019-01-22)
* one worker for each target
"#,
    ),
];
