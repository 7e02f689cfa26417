#!/usr/bin/env bash
# Code Story's acceptance gates 1 to 5, with curl and jq as its clients run them.
# BASE is the server, REPO the repository of gates 2 and 5.
set -euo pipefail
BASE=${BASE:-http://localhost:8000}
REPO=${REPO:-https://github.com/expressjs/express}

echo "Gate 1: health"
curl -s "$BASE/api/health" | jq -e '.status == "healthy"'

echo "Gate 2: create a story"
STORY_ID=$(curl -s -X POST "$BASE/api/stories/generate" \
    -H "Content-Type: application/json" \
    -d '{
    "repoUrl": "'"$REPO"'",
    "style": "documentary",
    "duration": 5,
    "voice": "Rachel"
  }' | jq -er '.id')
echo "Story ID: $STORY_ID"

echo "Gate 3: poll until it is complete"
STATUS=""
for _ in $(seq 150); do
    STATUS=$(curl -s "$BASE/api/stories/$STORY_ID" | jq -r '.status')
    if [ "$STATUS" = "completed" ]; then
        break
    elif [ "$STATUS" = "failed" ]; then
        curl -s "$BASE/api/stories/$STORY_ID" | jq .
        exit 1
    fi
    sleep 2
done
[ "$STATUS" = "completed" ]

echo "Gate 4: the audio is there"
AUDIO_URL=$(curl -s "$BASE/api/stories/$STORY_ID" | jq -er '.audio_url')
curl -s -I "$AUDIO_URL" | grep "200 OK"

echo "Gate 5: intent"
curl -s -X POST "$BASE/api/chat/intent" \
    -H "Content-Type: application/json" \
    -d '{
    "message": "Explain the routing system",
    "repoUrl": "'"$REPO"'"
  }' | jq -e '.intent'

echo "All gates passed"
