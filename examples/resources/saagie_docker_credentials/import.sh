#!/bin/sh
terraform import saagie_docker_credentials.example "$PROJECT_ID/$CREDENTIALS_ID"
