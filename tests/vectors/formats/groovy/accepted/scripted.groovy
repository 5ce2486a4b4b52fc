package com.example.ci

import groovy.json.JsonOutput
import static java.lang.Math.max
import hudson.model.*
import jenkins.model.Jenkins as J

@Field final String NAME = 'shop'
@NonCPS
def summary(List<Map<String, Object>> results, int limit = 3, String... names) throws IOException {
    return results.take(limit).collect { "${it.name}=${it.ok ? 'ok' : 'bad'}" }.join(', ')
}
private static void log(msg) { println msg }
boolean isRelease() { env.TAG ==~ /v\d+\.\d+(\.\d+)?/ }

def (major, minor) = [1, 2]
int retries = 0x0F, left = 1_000L
def ratio = -1.5e3, half = .5, big = 10G, octal = 017, bits = 0b101
String[] zones = ['a', 'b'] as String[]
(major, minor) = version.tokenize('.')
def settings = [:]
def labels = [app: NAME, 'tier': 'web', ("k" + 1): null, "${NAME}": [1, 2,], if: true, *: settings]
def empty = [], nested = [[1], [[2]], [a: [b: 3]]]

parallel(
    unit: { sh './gradlew test' },
    'slow': {
        timeout(30) { sh label: '', script: "run ${-> left} ${labels.app}" }
    },
    failFast: true
)
def out = sh(returnStdout: true, script: 'git log -1')
    .trim()
    ?.toLowerCase()
    *.toString()
switch (out) {
    case 'a':
        echo 'A'
        break
    case ~/b.*/: case ['c', 'd']:
        echo "B"; break
    case Integer:
    default:
        error "unknown: ${out ?: 'nothing'}"
}
assert out != null : 'no output'
def level = out.contains('x')
    ? 'high'
    : 'low'
def copy = (Map<String, List<String>>) labels.clone()
def sum = (1..10).inject(0) { acc, n = 2 -> acc + n ** 2 }
def at = new java.util.Date(0L).format("yyyy") << 1
def anon = new Runnable() { void run() { log(this) } }
def pointer = this.&log, field = settings.@size, cell = labels?.app?.length() ?: 0
def flags = ~left & 0xFF | 3 ^ 1 >> 2, same = a === b, ordered = 1 <=> 2
retries += 1; ++retries; retries--
env."PATH+TOOLS" = '/opt' + '/tools'
env."${NAME}_HOME" = "$WORKSPACE/${env.JOB_NAME.replaceAll(/[^a-z]/, '_')}"
x = y instanceof String || z in [1, 2] || !(q !instanceof Integer)
retry: while (true) { break retry }
label 'x'
def run = { -> call(*args) }
run.call() { sh 'inner' }
synchronized (lock) { n++ }
{ x -> x }(1)

node('linux && x86') {
    try {
        stage("Build $NAME") {
            checkout([$class: 'GitSCM', branches: [[name: '*/main']]])
            for (int i = 0; i < zones.length; i++) {
                if (i % 2 == 0) continue
                else
                    echo 'zone ' + zones[i] + "!"
            }
            for (zone in zones) { deploy zone, dry: true, { it -> it.name } }
            for (String key : labels.keySet()) sh "true"
            while (retries-- > 0 && !done()) {
                sleep time: 10, unit: 'SECONDS'
            }
            do { left -= 1 } while (left >= 0)
        }
    } catch (hudson.AbortException | InterruptedException e) {
        currentBuild.result = 'ABORTED'
        throw e
    } catch (err) {
        throw new RuntimeException("failed: ${err.message}", err)
    } finally {
        archiveArtifacts artifacts: 'build/**', allowEmptyArchive: true
    }
}
return this
