sh 'make
