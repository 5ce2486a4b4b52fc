#!/usr/bin/env groovy
@Library(['shop-pipeline@v2', 'tools']) _

/* How the shop is built and
   deployed. */
pipeline {
    agent {
        kubernetes {
            label "build-${env.BRANCH_NAME}"
            yaml '''
apiVersion: v1
kind: Pod
spec: {containers: [{name: "jdk", image: 'jdk:21'}]}
'''
        }
    }
    options {
        timeout(time: 1, unit: 'HOURS')
        buildDiscarder(logRotator(numToKeepStr: '10'))
        timestamps()
        ansiColor('xterm')
    }
    environment {
        REGISTRY = 'registry.example.com'
        TOKEN = credentials('registry-token')
        IMAGE = "${REGISTRY}/shop:${GIT_COMMIT.take(8)}"
    }
    parameters {
        string(name: 'TARGET', defaultValue: 'staging', description: 'Where to')
        booleanParam(name: 'DRY_RUN', defaultValue: false)
        choice(name: 'LEVEL', choices: ['low', 'high'])
    }
    triggers { cron('H 4 * * 1-5'); pollSCM('') }
    stages {
        stage('Build') {
            steps {
                checkout scm
                sh 'make -j4 build' // as many as there are
                sh(script: "docker build -t $IMAGE .", label: "image")
                sh """
                    set -e
                    docker push "$IMAGE"
                    echo "\$HOME ${params.TARGET ?: 'none'}"
                """
                bat $/dir C:\build /s | find "$$x"/$
            }
        }
        stage('Checks') {
            parallel {
                stage('Unit') {
                    when { branch 'main' }
                    steps {
                        junit allowEmptyResults: true, testResults: '**/build/*.xml'
                    }
                }
                stage('Lint') {
                    when {
                        not { anyOf { branch pattern: "release-\\d+", comparator: 'REGEXP'; buildingTag() } }
                        expression { return params.LEVEL != 'low' && !params.DRY_RUN }
                    }
                    steps { script {
                        def found = readJSON file: 'lint.json'
                        found.issues.findAll { it.severity == 'error' }.each { issue ->
                            echo "${issue.file}:${issue.line} ${issue['message']}"
                        }
                        if (found?.issues?.size() > 0) { error('lint') }
                        else if (found == null) unstable 'nothing'
                    } }
                }
            }
        }
    }
    post {
        always { cleanWs deleteDirs: true, patterns: [[pattern: '*.log', type: 'INCLUDE']] }
        failure { mail to: 'ops@example.com', subject: "Failed: ${currentBuild.fullDisplayName}", body: env.BUILD_URL }
    }
}
